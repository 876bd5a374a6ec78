/** The desk: agents sign in, see who waits, and answer. */
import { Console } from './console.js';
import { SignIn } from './sign-in.js';

/** Kept while somebody is signed in here, as far as this page knows: the session's cookie is for no script. */
const signedIn = 'filament.agent';

const signIn = new SignIn(() => begin());

function begin(): void {
  localStorage.setItem(signedIn, 'yes');
  signIn.hide();
  const desk = new Console(() => {
    localStorage.removeItem(signedIn);
    desk.close();
    signIn.show();
  });
}

if (localStorage.getItem(signedIn)) begin();
else signIn.show();
