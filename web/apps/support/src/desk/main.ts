/** The desk: agents sign in, see who waits, and answer. */
import { found } from '../parts/dom.js';
import { Console } from './console.js';
import { SignIn } from './sign-in.js';

const signIn = new SignIn(() => begin());

function begin(): void {
  const desk = new Console(() => {
    desk.close();
    signIn.show();
  });
  signIn.hide();
}

found('#console').hidden = true;
begin();
