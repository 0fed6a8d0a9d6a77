export { hot, type Hot, type HotContext } from "./hot.ts";
