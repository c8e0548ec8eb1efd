import { startServer } from './child-server.ts'; import { mkdtemp } from 'node:fs/promises'; import { readAnswer } from './answers/read-answer.ts';
const dir = await mkdtemp('/tmp/skein-tl-');
const s = await startServer({profileFolder: process.argv[2]}, 'answer-server', [dir+'/d']);
const rounds=Number(process.argv[3]??6); const us:number[]=[];
for (let r=0;r<rounds;r++){ 
 const ids=Array.from({length:100},(_,i)=>`t-${r}-${i}`);
 for (const id of ids) await fetch(`http://127.0.0.1:${s.port}/v1/threads`,{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify({id,title:'x'})}).then(a=>a.text());
 const b=await s.usage(); const t=performance.now();
 const all=await Promise.all(ids.map(id=>readAnswer({port:s.port,path:`/v1/threads/${id}/runs`,body:{input:'Hello.',model:'script/1000-0-0'}})));
 const ms=performance.now()-t; const a=await s.usage();
 us.push((a.mainThreadSeconds-b.mainThreadSeconds)*1e6/100600);
 console.log(Math.round(100600/ms*1000),'/s', us.at(-1)!.toFixed(2),'us main', ((a.cpuSeconds-b.cpuSeconds)*1e6/100600).toFixed(2),'us cpu', Math.round(a.residentBytes/1e6),'MB', all[0]!.events);
}
await s[Symbol.asyncDispose]();
process.exit(0);
