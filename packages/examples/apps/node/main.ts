// node --import weftjs/register packages/examples/apps/node/main.ts
import { losses } from "../run.js";

console.log(JSON.stringify(await losses(10)));
