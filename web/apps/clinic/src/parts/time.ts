import { useEffect, useState } from 'react';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const shortDate = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const date = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

/** 09:20 */
export function timeOf(moment: string | number): string {
  return clock.format(new Date(moment));
}

/** Today, Tomorrow, or Fri 27 Nov. */
export function dayOf(moment: string | number): string {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const days = Math.round((new Date(moment).setHours(0, 0, 0, 0) - midnight) / 86_400_000);
  if (days === 0) return 'Today';
  return days === 1 ? 'Tomorrow' : shortDate.format(new Date(moment)).replace(',', '');
}

/** Wednesday 25 November */
export function dateOf(moment: string | number): string {
  return date.format(new Date(moment)).replace(',', '');
}

/** Whole minutes from one moment to a later one. */
export function minutesBetween(from: string | number, to: string | number): number {
  return Math.max(0, Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 60_000));
}

/** “1 minute”, “12 minutes”, “less than a minute”. */
export function inWords(minutes: number): string {
  if (minutes < 1) return 'less than a minute';
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** The time by the clinic's clock, which was `clinicNow` a moment ago; moves on by itself. */
export function useClinicTime(clinicNow: string | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ahead = clinicNow ? new Date(clinicNow).getTime() - Date.now() : 0;
    const move = (): void => setNow(Date.now() + ahead);
    move();
    const timer = setInterval(move, 5000);
    return () => clearInterval(timer);
  }, [clinicNow]);
  return now;
}
