/** Every word that only this site has, in English; those of the call are @confab/react's. */
export const en = {
  account: { signIn: 'Sign in', signOut: 'Sign out', signInToJoin: 'Sign in to join' },
  schedule: {
    open: 'Plan a meeting',
    title: 'Plan a meeting',
    about: 'What is it about?',
    starts: 'Starts',
    length: 'Length',
    minutes: '{n} minutes',
    waitingRoom: 'People wait until I let them in',
    create: 'Create the invitation',
    cancel: 'Cancel',
    failed: 'That did not work. Try again.',
    invitation: 'Invitation',
    secret:
      'What is behind # is the key of this meeting. It was made in this browser and is not sent to the server: send the link only to those who may take part.',
    host: 'The link names this browser as the host. Open it here to let people in: on another device you would be a host for the server only.',
    copy: 'Copy invitation',
    done: 'Done',
  },
  meetings: {
    title: 'My meetings',
    copy: 'Copy link',
    elsewhere: 'The link is on the device where it was made',
    remove: 'Delete this meeting',
    failed: 'Your meetings can’t be shown or changed right now.',
  },
  home: {
    closed: 'Meetings here are started by an application. Open the link that you were sent.',
    tagline: 'Video meetings that nobody else can see or hear.',
    explain: 'Encrypted from your browser to theirs. The server carries it and can’t look inside.',
    key: 'The key of a meeting is made in your browser. It travels in the link that you send, from browser to browser, and is never sent to the server.',
    start: 'Start a meeting',
    or: 'or',
    pasteLabel: 'Meeting link',
    pastePlaceholder: 'Paste a meeting link',
    join: 'Join',
    badLink: 'That is not a meeting link. It looks like https://…/m/… and must be copied whole.',
    recent: 'Recent meetings',
    forget: 'Forget this meeting',
    recentNote: 'Kept on this device only.',
  },
};

export type Words = typeof en;
