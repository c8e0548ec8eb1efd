import { expect, test } from 'vitest';
import { projectFile } from '../../test/rules/project-files.ts';
import { nodeProblem } from './node-version.ts';

test('a Node that is too old is named, with what to do', () => {
  expect(nodeProblem('20.20.2')).toBe(
    'Skein needs Node 22 or newer, and this is Node 20.20.2. Install a newer one.',
  );
  for (const version of ['22.0.0', '24.18.0', '25.0.0-nightly']) {
    expect(nodeProblem(version)).toBeUndefined();
  }
});

test('the package asks for the same Node', () => {
  const { engines } = JSON.parse(projectFile('package.json').text) as { engines: { node: string } };
  expect(nodeProblem(`${Number(/\d+/.exec(engines.node)![0])}.0.0`)).toBeUndefined();
  expect(nodeProblem(`${Number(/\d+/.exec(engines.node)![0]) - 1}.0.0`)).toBeDefined();
});
