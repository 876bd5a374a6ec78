/** Keeps the video and the audio of one participant together: one per pair (camera and microphone, screen and its audio), in the worker. */
export declare class AvSync {}
