import type { Words } from './en.js';

export const de: Words = {
  account: { signIn: 'Anmelden', signOut: 'Abmelden', signInToJoin: 'Anmelden, um beizutreten' },
  schedule: {
    open: 'Besprechung planen',
    title: 'Besprechung planen',
    about: 'Worum geht es?',
    starts: 'Beginn',
    length: 'Dauer',
    minutes: '{n} Minuten',
    waitingRoom: 'Wer kommt, wartet, bis ich einlasse',
    create: 'Einladung erstellen',
    cancel: 'Abbrechen',
    failed: 'Das hat nicht geklappt. Versuchen Sie es noch einmal.',
    invitation: 'Einladung',
    secret:
      'Was hinter # steht, ist der Schlüssel dieser Besprechung. Er ist in diesem Browser entstanden und geht nicht an den Server: Senden Sie den Link nur denen, die teilnehmen sollen.',
    host: 'Der Link nennt diesen Browser als Gastgeber. Öffnen Sie ihn hier, um andere einzulassen: auf einem anderen Gerät wären Sie Gastgeber nur für den Server.',
    copy: 'Einladung kopieren',
    done: 'Fertig',
  },
  meetings: {
    title: 'Meine Besprechungen',
    copy: 'Link kopieren',
    elsewhere: 'Der Link ist auf dem Gerät, auf dem er entstanden ist',
    remove: 'Diese Besprechung löschen',
    failed: 'Ihre Besprechungen lassen sich gerade nicht anzeigen oder ändern.',
  },
  home: {
    closed: 'Besprechungen beginnt hier eine Anwendung. Öffnen Sie den Link, den Sie bekommen haben.',
    tagline: 'Videogespräche, die sonst niemand sieht oder hört.',
    explain:
      'Verschlüsselt von Ihrem Browser bis zu dem der anderen. Der Server leitet weiter und kann nicht hineinsehen.',
    key: 'Der Schlüssel einer Besprechung entsteht in Ihrem Browser. Er reist in dem Link, den Sie senden, von Browser zu Browser, und geht nie an den Server.',
    start: 'Besprechung starten',
    or: 'oder',
    pasteLabel: 'Besprechungslink',
    pastePlaceholder: 'Besprechungslink einfügen',
    join: 'Beitreten',
    badLink: 'Das ist kein Besprechungslink. Er sieht aus wie https://…/m/… und muss ganz kopiert werden.',
    recent: 'Letzte Besprechungen',
    forget: 'Diese Besprechung vergessen',
    recentNote: 'Nur auf diesem Gerät gespeichert.',
  },
};
