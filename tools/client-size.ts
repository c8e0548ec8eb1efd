/**
 * `npm run check -- client`: how many bytes a web page loads for `createClient`, bundled and
 * compressed. Every later noun may add 300 bytes, its calls and its paths. What adds more, such as
 * a package, is argued for in docs/decisions.
 */
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ProjectApi } from '../src/api/project-api.ts';
import { clientBudget, explainClientSize } from './client-budget.ts';

async function measureClient(): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { createClient } from './src/client/create-client.ts';",
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

const [bytes, nouns] = [await measureClient(), Object.keys(ProjectApi).length];
const problem = explainClientSize(bytes, nouns);
if (problem === undefined) {
  console.log(`createClient: ${bytes} bytes of at most ${clientBudget(nouns)}.`);
} else {
  console.error(problem);
  process.exitCode = 1;
}
