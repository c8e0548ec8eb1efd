/** Milliseconds since 1970. Nothing in Skein relies on it to rise, or even to move. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
