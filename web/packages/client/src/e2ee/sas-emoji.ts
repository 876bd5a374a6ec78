/** One of the pictures by which two people compare codes, with its English name. */
export interface Emoji {
  readonly picture: string;
  readonly name: string;
}

const LIST = `\
🐶 Dog
🐱 Cat
🦁 Lion
🐎 Horse
🦄 Unicorn
🐷 Pig
🐘 Elephant
🐰 Rabbit
🐼 Panda
🐓 Rooster
🐧 Penguin
🐢 Turtle
🐟 Fish
🐙 Octopus
🦋 Butterfly
🌷 Flower
🌳 Tree
🌵 Cactus
🍄 Mushroom
🌏 Globe
🌙 Moon
☁️ Cloud
🔥 Fire
🍌 Banana
🍎 Apple
🍓 Strawberry
🌽 Corn
🍕 Pizza
🎂 Cake
❤️ Heart
😀 Smiley
🤖 Robot
🎩 Hat
👓 Glasses
🔧 Spanner
🎅 Santa
👍 Thumbs up
☂️ Umbrella
⌛ Hourglass
⏰ Clock
🎁 Gift
💡 Light bulb
📕 Book
✏️ Pencil
📎 Paperclip
✂️ Scissors
🔒 Lock
🔑 Key
🔨 Hammer
☎️ Telephone
🏁 Flag
🚂 Train
🚲 Bicycle
✈️ Aeroplane
🚀 Rocket
🏆 Trophy
⚽ Ball
🎸 Guitar
🎺 Trumpet
🔔 Bell
⚓ Anchor
🎧 Headphones
📁 Folder
📌 Pin`;

/** The list of the Matrix specification, by number. */
export const EMOJI: readonly Emoji[] = LIST.split('\n').map((line) => {
  const space = line.indexOf(' ');
  return { picture: line.slice(0, space), name: line.slice(space + 1) };
});
