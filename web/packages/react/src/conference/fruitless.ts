import type { Verification } from '@confab/client';

/** How comparing emoji stands when nothing came of it, which is shown until it is put away. */
export const fruitless: ReadonlySet<Verification['state']> = new Set(['declined', 'unanswered', 'ended'] as const);
