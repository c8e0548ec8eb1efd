import { describe, expect, test } from 'vitest';
import { safeLine, safeText } from './safe-text.ts';

describe('safeText', () => {
  test('ordinary text of any script is left as it is', () => {
    const text = 'Grüße, 你好, 👩‍👩‍👧 and שלום\nsecond line';
    expect(safeText(text)).toBe(text);
  });

  test('escape sequences cannot reach the terminal', () => {
    const attack = 'a\u001b[2J\u001b]0;title\u0007\u009b31mb\u007f';
    const safe = safeText(attack);
    // oxlint-disable-next-line no-control-regex -- control characters are what must be gone
    expect(safe).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(safe).toBe('a␛[2J␛]0;title␇<U+009B>31mb␡');
  });

  test('overrides of direction are shown, not obeyed', () => {
    expect(safeText('user\u202eadmin\u2066x')).toBe('user<U+202E>admin<U+2066>x');
  });

  test('line breaks stay, whatever the system they come from; tabs are spaces', () => {
    expect(safeText('a\r\nb\rc\n\td')).toBe('a\nb\nc\n    d');
  });

  test('half a surrogate pair is a replacement character', () => {
    expect(safeText('a\ud800b')).toBe('a\ufffdb');
    expect(safeText('👍')).toBe('👍');
  });
});

test('safeLine is one line', () => {
  expect(safeLine('  two\n\n lines\u001b ')).toBe('two lines␛');
});
