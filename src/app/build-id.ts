/** Names the build this page is of; the feed worker must be of the same. */
export const BUILD_ID = __BUILD_ID__;
