import type { Strings } from './en.js';

/** Some of the words, by section. */
export type PartialStrings = { readonly [Section in keyof Strings]?: Partial<Strings[Section]> };
