/**
 * SHA-256 (FIPS 180-4) of a text that comes in pieces, as 64 hexadecimal digits. The Web's crypto
 * takes only whole texts, and a file of a store fits into no memory. Where Node's own hash is at
 * hand it is used: it is faster.
 */
export interface Sha256 {
  update(text: string): void;
  /** Call it once, at the end. */
  digest(): string;
}

export function createSha256(platform: NodeCrypto | undefined | null = nodeCrypto): Sha256 {
  const node = platform?.createHash('sha256');
  return node ? nodeSha256(node) : new PlainSha256();
}

interface NodeCrypto {
  createHash(algorithm: 'sha256'): NodeHash;
}

function nodeSha256(hash: NodeHash): Sha256 {
  return { update: (text) => void hash.update(text, 'utf8'), digest: () => hash.digest('hex') };
}

interface NodeHash {
  update(text: string, encoding: 'utf8'): unknown;
  digest(encoding: 'hex'): string;
}

/** Node's own crypto module, which browsers lack. */
const nodeCrypto: NodeCrypto | undefined = (
  globalThis as { readonly process?: Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> }
).process // absent in browsers
  ?.getBuiltinModule?.('node:crypto');

const blockBytes = 64;
const encoder = new TextEncoder();

/** The same in JavaScript alone. */
class PlainSha256 implements Sha256 {
  readonly #state = Uint32Array.from(roots(8, 2));
  readonly #block = new Uint8Array(blockBytes);
  readonly #words = new Uint32Array(blockBytes);
  #used = 0;
  #bytes = 0;

  update(text: string): void {
    this.#add(encoder.encode(text));
  }

  digest(): string {
    const bits = BigInt(this.#bytes) * 8n;
    const zeros = (2 * blockBytes - 9 - this.#used) % blockBytes;
    const end = new Uint8Array(1 + zeros + 8);
    end[0] = 0x80;
    new DataView(end.buffer).setBigUint64(1 + zeros, bits);
    this.#add(end);
    return [...this.#state].map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  #add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + blockBytes - this.#used);
      this.#block.set(piece, this.#used);
      at += piece.length;
      this.#used += piece.length;
      if (this.#used < blockBytes) continue;
      this.#takeBlock();
      this.#used = 0;
    }
  }

  #takeBlock(): void {
    const words = this.#words;
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [words[i - 15]!, words[i - 2]!];
      const small = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      const great = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      words[i] = words[i - 16]! + small + words[i - 7]! + great;
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as Eight; // it has eight words
    for (let i = 0; i < 64; i++) {
      const choice = (e & f) ^ (~e & g);
      const one =
        h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + rounds[i]! + words[i]!;
      const most = (a & b) ^ (a & c) ^ (b & c);
      const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) >>> 0, c, b, a, (one + two) >>> 0];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) this.#state[i]! += value;
  }
}

type Eight = [number, number, number, number, number, number, number, number];

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractions of the roots of the first primes. */
function roots(count: number, degree: 2 | 3): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes.map((prime) => {
    const root = degree === 2 ? Math.sqrt(prime) : Math.cbrt(prime);
    return Math.floor((root % 1) * 2 ** 32);
  });
}

const rounds = Uint32Array.from(roots(64, 3));
