/** Milliseconds since 1970. Skein does not rely on the clock to rise, or even to move. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
