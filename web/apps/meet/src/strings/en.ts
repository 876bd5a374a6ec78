/** Every word that only this site has, in English; those of the call are @confab/react's. */
export const en = {
  home: {
    tagline: 'Video meetings that nobody else can see or hear.',
    explain: 'Encrypted from your browser to theirs. The server carries it and can’t look inside.',
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
