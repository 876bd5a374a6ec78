import { LogIn, LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { signIn, signOut, type Me } from '../api/me.js';
import { useWords } from '../strings/index.js';

/** Who is signed in, or how to be. Nothing where there is no provider to sign in with. */
export function Account({ me }: { me: Me | undefined }): ReactNode {
  const t = useWords();
  if (!me?.canSignIn) return null;
  if (me.guest) {
    return (
      <button className="confab-button confab-small" data-action="sign-in" onClick={signIn}>
        <LogIn size={16} aria-hidden />
        {t.account.signIn}
      </button>
    );
  }
  return (
    <div className="confab-row">
      <span className="account-name">{me.name || me.email}</span>
      <button className="confab-button confab-small" data-action="sign-out" onClick={() => void signOut()}>
        <LogOut size={16} aria-hidden />
        {t.account.signOut}
      </button>
    </div>
  );
}
