// Numbers by order, not by the folder in which it is built: what is built is the same everywhere.
module.exports = { optimization: { moduleIds: "natural", chunkIds: "natural" } };
