/** A stretch of time as a clock shows it, such as 4:07. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** How long something took, such as "4 minutes". */
export function inWords(seconds: number): string {
  if (seconds < 50) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

/** Between what and what a wait will be, in whole minutes, such as "about 3 to 6 minutes". */
export function range(low: number, high: number): string {
  const [from, to] = [Math.max(1, Math.floor(low / 60)), Math.max(1, Math.ceil(high / 60))];
  if (to === 1) return 'about a minute';
  return from === to ? `about ${to} minutes` : `about ${from} to ${to} minutes`;
}

export function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

/** When something was, such as "today, 14:05" or "3 Nov". */
export function day(at: string, now = new Date()): string {
  const then = new Date(at);
  if (then.toDateString() !== now.toDateString())
    return then.toLocaleDateString('en', { day: 'numeric', month: 'short' });
  return `today, ${then.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false })}`;
}

/** An element that shows the time since a moment, once a second. */
export function since(at: string): HTMLTimeElement {
  ticking ??= setInterval(tick, 1_000);
  const element = document.createElement('time');
  element.dataset.since = at;
  element.textContent = clock(Date.now() - Date.parse(at));
  return element;
}

let ticking: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-since]')) {
    element.textContent = clock(Date.now() - Date.parse(element.dataset.since!));
  }
}
