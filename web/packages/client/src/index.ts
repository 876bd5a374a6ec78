export { Room } from './room/room.js';
export type { ConnectOptions, Logger, RoomOptions } from './room/options.js';
export type { ListenOptions } from './room/emitter.js';
export { RoomError } from './room/errors.js';
export { generateMeetingLink, linkKeys, type MeetingLink } from './room/meeting-link.js';
export { createLocalTracks, listDevices } from './room/devices.js';
export { checkSupport } from './room/support.js';
export { checkConnection } from './room/connection-check.js';
export type * from './room/types.js';
