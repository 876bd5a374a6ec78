/** Await before the first media call of the page: WebKitGTK can crash when GStreamer starts up in two threads at once. */
export declare function warmUp(): Promise<void>;
