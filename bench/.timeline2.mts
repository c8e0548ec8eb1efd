import { join } from 'node:path'; import { mkdtemp } from 'node:fs/promises';
import { createStore } from 'skein'; import { lsm } from 'skein/engines/lsm'; import { createResponder } from 'skein/adapters/ai-sdk';
import { createScriptedModel } from './answers/scripted-answers.ts';
const dir = await mkdtemp('/tmp/skein-tl-');
const store = await createStore({ engine: lsm({ path: join(dir,'d') }) });
const p = store.project('default').as({userId:'u1'});
const T: Record<string, number[]> = {};
const mark=(k:string,v:number)=>(T[k]??=[]).push(v);
for (let i=0;i<60;i++){
  await p.threads.create([{id:'t'+i,title:'x'}]);
  const inner = createResponder({name:'m',model:createScriptedModel({pieces:30,firstPauseMs:30,pauseMs:5})});
  let t0=0;
  const responder={...inner,async *respond(c:any){ mark('respond',performance.now()-t0); let n=0; for await (const ch of inner.respond(c)){ if(n++===0) mark('start chunk',performance.now()-t0); if(ch.type==='text-delta'&&(ch as any).seen===undefined&&!first){first=true;mark('model text',performance.now()-t0);} yield ch;} mark('model end',performance.now()-t0);}};
  let first=false;
  t0=performance.now();
  const {run,done}=await p.runs.start('t'+i,{input:'Hello.',responder});
  mark('started',performance.now()-t0);
  let g=0, seen=false;
  for await (const {chunks} of p.streams.readGroups('t'+i,run.streamId)){ g++; if(g===1) mark('group1',performance.now()-t0); if(!seen&&chunks.some(c=>c.type==='text-delta')){seen=true;mark('text',performance.now()-t0);} }
  mark('groups',g);
  mark('read end',performance.now()-t0);
  await done; mark('done',performance.now()-t0);
}
for (const [k,v] of Object.entries(T)) { const s=v.slice(10).sort((a,b)=>a-b); console.log(k.padEnd(14), s[s.length>>1]!.toFixed(2), s[Math.floor(s.length*.1)]!.toFixed(2)); }
await store.close();
