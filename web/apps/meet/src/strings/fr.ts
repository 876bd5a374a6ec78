import type { Words } from './en.js';

export const fr: Words = {
  account: { signIn: 'Se connecter', signOut: 'Se déconnecter', signInToJoin: 'Se connecter pour rejoindre' },
  schedule: {
    open: 'Planifier une réunion',
    title: 'Planifier une réunion',
    about: 'Quel est le sujet ?',
    starts: 'Début',
    length: 'Durée',
    minutes: '{n} minutes',
    waitingRoom: 'Les arrivants attendent que je les fasse entrer',
    create: 'Créer l’invitation',
    cancel: 'Annuler',
    failed: 'Cela n’a pas fonctionné. Réessayez.',
    invitation: 'Invitation',
    secret:
      'Ce qui suit # est la clé de cette réunion. Elle a été créée dans ce navigateur et n’est pas envoyée au serveur : n’envoyez le lien qu’à ceux qui doivent participer.',
    copy: 'Copier l’invitation',
    done: 'Terminé',
  },
  meetings: {
    title: 'Mes réunions',
    copy: 'Copier le lien',
    elsewhere: 'Le lien est sur l’appareil où il a été créé',
    remove: 'Supprimer cette réunion',
    failed: 'Vos réunions ne peuvent pas être affichées ou modifiées pour le moment.',
  },
  home: {
    closed: 'Ici, les réunions sont lancées par une application. Ouvrez le lien que vous avez reçu.',
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
