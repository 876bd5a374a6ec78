/**
 * React hooks and components over `@confab/client`. A hook re-renders its component only when what it selects has
 * changed; audio levels never re-render anything.
 */
export { RoomProvider, useRoom } from './room-context.js';
export { useRoomState, sameItems } from './hooks/use-room-state.js';
export { useRoomEvent } from './hooks/use-room-event.js';
export { useParticipants, useRemoteParticipants, useLocalParticipant } from './hooks/use-participants.js';
export { useConnectionState } from './hooks/use-connection-state.js';
export { useActiveSpeakers } from './hooks/use-active-speakers.js';
export { useEncryption } from './hooks/use-encryption.js';
export { useTrackToggle, type TrackToggleState } from './hooks/use-track-toggle.js';
export { useMediaDeviceSelect, type MediaDeviceSelect } from './hooks/use-media-device-select.js';
export { usePreviewTracks, type PreviewTracks, type PreviewOptions } from './hooks/use-preview-tracks.js';
export { useTrackLevel } from './hooks/use-track-level.js';
export { useData, type DataChannel } from './hooks/use-data.js';
export { VideoTrack, type VideoTrackProps } from './components/video-track.js';
export { PreviewVideo, type PreviewVideoProps } from './components/preview-video.js';
export { LevelMeter, type LevelMeterProps } from './components/level-meter.js';
export { GridLayout, type GridLayoutProps } from './layout/grid-layout.js';
export { gridFor, tilesPerPage, type Grid } from './layout/grid.js';
