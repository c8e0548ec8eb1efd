/** HTML that is safe to insert into a page. */
export interface Html {
  readonly html: string;
}

type Piece = Html | string | number | undefined | readonly Piece[];

/** A template that escapes its values unless they are `Html`. Absent values leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return { html: strings.reduce((text, string, i) => text + render(values[i - 1]) + string) };
}

function render(piece: Piece): string {
  if (piece === undefined) return '';
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return escape(piece);
  return isList(piece) ? piece.map(render).join('') : piece.html;
}

function isList(piece: Html | readonly Piece[]): piece is readonly Piece[] {
  return Array.isArray(piece);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => escapes[char]!);
}

/** Escaped text; the parts between backquotes become code. */
export function prose(text: string): Html {
  return { html: escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>') };
}
