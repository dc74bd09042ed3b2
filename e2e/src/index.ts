export { type Booted, boot } from './boot.ts';
export { type PlayStory, playStory, type StoryEnd } from './story/play-story.ts';
export { tellThrowAwayStory } from './story/tell-throw-away-story.ts';
