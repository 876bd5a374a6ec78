/**
 * Whether this tab is the only one of the browser in a room. A second one joins as a guest of its own: under the same identity it
 * would take the first one's place. The answer stays until the page goes.
 */
export function onlyTab(room: string): Promise<boolean> {
  const known = answers.get(room);
  if (known) return known;
  const answer = new Promise<boolean>((resolve) => {
    navigator.locks
      .request(`confab meeting ${room}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => {});
      })
      .catch(() => resolve(true));
  });
  answers.set(room, answer);
  return answer;
}

const answers = new Map<string, Promise<boolean>>();
