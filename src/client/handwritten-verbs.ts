import type { ProjectApi } from '../api/project-api.ts';
import type { ProvidedVerb } from '../api/verb.ts';
import type { Nouns } from '../protocol/operations.ts';

/** What the operation table leaves to the client to write: one that is missing does not compile. */
export type HandwrittenVerbs = {
  readonly [Noun in keyof ProjectApi as IfAny<Left<Noun>, Noun>]: Handwritten<Noun>;
};

/** The verbs of a noun that follow from no operation. */
export type Handwritten<Noun extends keyof ProjectApi> = Pick<ProjectApi[Noun], Left<Noun>>;

type Left<Noun extends keyof ProjectApi> = Exclude<
  keyof ProjectApi[Noun],
  NameIn<Noun, AnyProvidedVerb>
>;

type AnyProvidedVerb = { [Name in keyof Nouns]: ProvidedVerb<Nouns[Name]> }[keyof Nouns];

type NameIn<Noun extends string, Verb> = Verb extends `${Noun}.${infer Name}` ? Name : never;

type IfAny<Some, Then> = [Some] extends [never] ? never : Then;
