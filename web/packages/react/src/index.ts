/**
 * React hooks and components over `@confab/client`, from small to large: hooks, components that are built of them, and
 * whole screens. A hook re-renders its component only when what it selects has changed; audio levels never re-render
 * anything. Components need `@confab/react/styles.css` and a {@link ConfabRoot} around them; hooks need neither.
 */
export { ConfabRoom, type ConfabRoomProps } from './root/confab-room.js';
export { ConfabRoot, useLanguage, type ConfabRootProps } from './root/confab-root.js';
export { RoomProvider, useRoom } from './room-context.js';
export { useRoomState, sameItems } from './hooks/use-room-state.js';
export { useRoomEvent } from './hooks/use-room-event.js';
export { useParticipants, useRemoteParticipants, useLocalParticipant } from './hooks/use-participants.js';
export { useConnectionState } from './hooks/use-connection-state.js';
export { useActiveSpeakers } from './hooks/use-active-speakers.js';
export { useEncryption } from './hooks/use-encryption.js';
export { useEncryptionAlerts } from './hooks/use-encryption-alerts.js';
export { useVerification, type VerificationControl } from './hooks/use-verification.js';
export { useHands, useModeration, useRoomSettings, useWaiting } from './hooks/use-moderation.js';
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
export { Meeting, type MeetingPhase, type MeetingProps } from './root/meeting.js';
export { VideoConference, type VideoConferenceProps } from './conference/video-conference.js';
export type { Layout } from './conference/stage.js';
export type { ControlName } from './conference/control-bar.js';
export { CallEnded, type CallEndedProps } from './conference/call-ended.js';
export { ParticipantTile, type ParticipantTileProps } from './conference/participant-tile.js';
export { EncryptionBadge, type EncryptionBadgeProps } from './conference/encryption-badge.js';
export { VerificationProvider, type VerificationProviderProps } from './conference/verification.js';
export { Toasts, type ToastsProps } from './conference/toasts.js';
export { PreJoin, type PreJoinProps } from './prejoin/pre-join.js';
export { CopyButton, type CopyButtonProps } from './parts/copy-button.js';
export { DeviceSelect, type DeviceSelectProps } from './parts/device-select.js';
export { cameraOptions, setPreferences, usePreferences, type Preferences } from './preferences/preferences.js';
export { fill, languages, useStrings, type Language, type PartialStrings, type Strings } from './strings/index.js';
