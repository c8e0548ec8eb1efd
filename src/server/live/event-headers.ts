// Proxies neither keep nor collect events, nor compress them, which would hold them back.
export const eventHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};
