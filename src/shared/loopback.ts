/**
 * Whether a host name or address, without a port, can only be this machine. Names that a resolver
 * might send elsewhere do not count.
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '[::1]' || name === '::1') return true;
  return /^127(\.[0-9]{1,3}){3}$/.test(name);
}

/** Whether the host part of an authority (`host` or `host:port`) is this machine. */
export function isLoopbackAuthority(authority: string): boolean {
  return isLoopbackHost(authority.replace(/:[0-9]+$/, ''));
}
