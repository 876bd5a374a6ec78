import 'server-only';
import { randomUUID } from 'node:crypto';
import { cookies } from 'next/headers';

/** Who uses this browser. An application with accounts knows that already, and who may start a consultation. */
export async function visitor(): Promise<string> {
  const jar = await cookies();
  const known = jar.get('visitor')?.value;
  if (known) return known;
  const id = randomUUID();
  jar.set('visitor', id, { httpOnly: true, sameSite: 'lax' });
  return id;
}
