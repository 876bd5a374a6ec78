import type { RoomEvents } from '@confab/client';

/** Every event of a room; the compiler checks that none is missing. */
const all: Record<keyof RoomEvents, true> = {
  connected: true,
  reconnecting: true,
  reconnected: true,
  disconnected: true,
  connectionStateChanged: true,
  participantConnected: true,
  participantDisconnected: true,
  participantUpdated: true,
  trackPublished: true,
  trackUnpublished: true,
  trackSubscribed: true,
  trackUnsubscribed: true,
  trackSubscriptionFailed: true,
  trackMuted: true,
  trackUnmuted: true,
  localTrackPublished: true,
  localTrackUnpublished: true,
  trackStopped: true,
  roomUpdated: true,
  waitingParticipantJoined: true,
  waitingParticipantLeft: true,
  activeSpeakersChanged: true,
  dataReceived: true,
  encryptionChanged: true,
  audioPlaybackChanged: true,
  mediaDevicesChanged: true,
  mediaDevicesError: true,
};

export const roomEvents = Object.keys(all) as readonly (keyof RoomEvents)[];

/** `participantConnected` → `confab-participant-connected`. */
export function elementEvent(name: string): string {
  return `confab-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
