import { program } from "./stacks/program";

export const { environment, services, repositories, webhooks } = program(__dirname);
