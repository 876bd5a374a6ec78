/** A meeting that was joined from this device. The link holds its key, so it is kept here and nowhere else. */
export interface RecentMeeting {
  readonly link: string;
  readonly room: string;
  /** Milliseconds since 1970. */
  readonly joinedAt: number;
}

const storageKey = 'confab.recent';
const most = 5;

export function recentMeetings(): readonly RecentMeeting[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRecent) : [];
  } catch {
    return [];
  }
}

export function rememberMeeting(link: string, room: string): void {
  store([{ link, room, joinedAt: Date.now() }, ...recentMeetings().filter((m) => m.room !== room)].slice(0, most));
}

export function forgetMeeting(room: string): void {
  store(recentMeetings().filter((m) => m.room !== room));
}

function store(meetings: readonly RecentMeeting[]): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(meetings));
  } catch {
    // Without storage there are no recent meetings; nothing else depends on them.
  }
}

function isRecent(value: unknown): value is RecentMeeting {
  const meeting = value as Partial<RecentMeeting> | null;
  return typeof meeting?.link === 'string' && typeof meeting.room === 'string' && typeof meeting.joinedAt === 'number';
}
