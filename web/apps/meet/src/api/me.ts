import { useEffect, useState } from 'react';
import { request } from './request.js';

/** Who uses this browser. */
export interface Me {
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
  readonly guest: boolean;
  readonly canSignIn: boolean;
  readonly canCreate: boolean;
}

const unknown: Me = { guest: true, canSignIn: false, canCreate: false };

/** Undefined until it is known. A node that does not answer knows nobody. */
export function useMe(): Me | undefined {
  const [me, setMe] = useState<Me>();
  useEffect(() => {
    let live = true;
    request<Me>('GET', '/v1/me').then(
      (answer) => live && setMe(answer),
      () => live && setMe(unknown),
    );
    return () => {
      live = false;
    };
  }, []);
  return me;
}

/** Where a page that was left to sign in is kept: what is behind # goes to no server. */
const leftKey = 'confab.left';

/** Leaves the page to sign in, and comes back to it. */
export function signIn(): void {
  sessionStorage.setItem(leftKey, location.href);
  location.assign(`/v1/sign-in?return=${encodeURIComponent(location.pathname)}`);
}

/** After signing in: restores what the address lost on the way. To be called before anything reads the address. */
export function comeBack(): void {
  const left = sessionStorage.getItem(leftKey);
  if (left === null) return;
  sessionStorage.removeItem(leftKey);
  const url = new URL(left);
  if (url.origin === location.origin && url.pathname === location.pathname) history.replaceState(null, '', left);
}

export async function signOut(): Promise<void> {
  const { next } = await request<{ next?: string }>('POST', '/v1/sign-out');
  location.assign(next ?? '/');
}
