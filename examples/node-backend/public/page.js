import { createMeetingLink } from '/element/index.js';

const start = document.querySelector('#start');
const call = document.querySelector('confab-room');
const id = /^\/visits\/([^/]+)$/.exec(location.pathname)?.[1];

if (id) await attempt(enter);
else start.hidden = false;

start.querySelector('button').onclick = () => attempt(begin);
call.querySelector('button').onclick = () => attempt(() => navigator.clipboard.writeText(location.href));

async function begin() {
  const visit = await ask('POST', '/api/visits');
  // The secret is made here, with a key that stays in this browser and makes it the host. It is behind the #, which browsers send
  // nowhere: neither the node nor the back end can listen, or let somebody in.
  const { url } = await createMeetingLink({ origin: new URL(visit.link).origin, room: visit.id });
  location.assign(`/visits/${visit.id}${new URL(url).hash}`);
}

async function enter() {
  if (!location.hash) throw new Error('This link is not whole: what follows the # is missing. Ask for it again.');
  const { link } = await tell();
  const telling = setInterval(() => attempt(tell), 3_000);
  call.addEventListener('confab-connected', () => clearInterval(telling));
  // It is asked for a token whenever it has to join anew.
  call.tokenSource = async () => (await ask('POST', `/api/visits/${id}/token`)).token;
  call.setAttribute('url', link + location.hash);
  call.hidden = false;
}

/** Says to who has not joined whether somebody is there. */
async function tell() {
  const visit = await ask('GET', `/api/visits/${id}`);
  call.querySelector('#present').textContent =
    visit.present === 0 ? 'Nobody is in the call yet.' : `In the call: ${visit.present}.`;
  return visit;
}

async function ask(method, path) {
  const response = await fetch(path, { method });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function attempt(action) {
  const problem = document.querySelector('#problem');
  problem.textContent = '';
  try {
    await action();
  } catch (error) {
    problem.textContent = error.message;
  }
}
