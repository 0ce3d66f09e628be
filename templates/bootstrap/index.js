module.exports = require("pulumi-releases/bootstrap").bootstrap(
  require("node:path").dirname(__dirname),
);
