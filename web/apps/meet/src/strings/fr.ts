import type { Words } from './en.js';

export const fr: Words = {
  home: {
    tagline: 'Des visioconférences que personne d’autre ne voit ni n’entend.',
    explain: 'Chiffrées de votre navigateur jusqu’au leur. Le serveur les achemine sans pouvoir regarder dedans.',
    start: 'Démarrer une réunion',
    or: 'ou',
    pasteLabel: 'Lien de la réunion',
    pastePlaceholder: 'Collez un lien de réunion',
    join: 'Rejoindre',
    badLink: 'Ce n’est pas un lien de réunion. Il ressemble à https://…/m/… et doit être copié en entier.',
    recent: 'Réunions récentes',
    forget: 'Oublier cette réunion',
    recentNote: 'Conservées sur cet appareil seulement.',
  },
};
