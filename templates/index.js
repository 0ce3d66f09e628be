module.exports = require("pulumi-releases").program(__dirname);
