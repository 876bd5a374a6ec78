'use client';

import { ConfabRoot, Meeting } from '@confab/react';
import '@confab/react/styles.css';
import { useSyncExternalStore } from 'react';

/** The call. What follows the # of the page's address is its secret, which only the browser knows: on the server nothing is shown. */
export function Room({ id, node }: { id: string; node: string }) {
  const address = useSyncExternalStore(
    onHashChange,
    () => location.href,
    () => undefined,
  );
  if (!address) return null;
  const { hash } = new URL(address);
  if (!hash) return <p role="alert">This link is not whole: what follows the # is missing. Ask for it again.</p>;
  return (
    <div className="call">
      <ConfabRoot>
        <Meeting url={`${node}/m/${id}${hash}`} link={address} token={() => fetchToken(id)} />
      </ConfabRoot>
    </div>
  );
}

/** A page asks for another token when it has to join anew. */
async function fetchToken(id: string): Promise<string> {
  const response = await fetch(`/room/${id}/token`, { method: 'POST' });
  const { token, error } = await response.json();
  if (!response.ok) throw new Error(error);
  return token;
}

function onHashChange(changed: () => void) {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
