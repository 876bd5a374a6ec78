/** One of the seven pictures that two people compare, with its English name. */
export interface VerificationEmoji {
  readonly picture: string;
  readonly name: string;
}

/**
 * How far comparing pictures with a participant is. `asked`: it has not answered yet. `offered`: it asked; `startVerification`
 * answers, `cancelVerification` declines. `shown`: `emoji` are to be compared aloud; `finishVerification` takes the result. `matched`:
 * nobody is in between. `differed`: somebody is; warn. Or why nothing came of it, until `cancelVerification` or the next one:
 * `declined`: asked, it declined. `unanswered`: asked, it has not answered in two minutes. `ended`: it took back what it had asked,
 * or broke off, or what it asked was not answered in two minutes.
 */
export interface Verification {
  readonly state:
    'none' | 'asked' | 'offered' | 'agreed' | 'shown' | 'matched' | 'differed' | 'declined' | 'unanswered' | 'ended';
  readonly emoji: readonly VerificationEmoji[];
}

/** What encryption found out that people must be told of. */
export interface EncryptionAlert {
  /**
   * `roster-differs`: somebody may be listening whom not everybody sees: this participant has given its keys to others than we
   * have. `not-admitted`: it is in the room although no host let it in. `removed-by-host`: it is still there although a host
   * removed it. `silent`: it gives no sign of life; it may have left without our being told. `misbehaved`: it, or somebody in
   * between, forged or contradicted something.
   */
  readonly code: 'roster-differs' | 'not-admitted' | 'removed-by-host' | 'silent' | 'misbehaved';
  readonly identity: string;
}
