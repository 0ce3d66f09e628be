import { program } from "./stacks/program";

export const { environment, services, repositories, webhooks, pushQueue } = program(__dirname);
