/* The functions that come with weir. They are ordinary descriptors (weir/library.h), listed by
 * hand in library.c. */
#ifndef LIBRARY_LIBRARY_H
#define LIBRARY_LIBRARY_H

/* Makes them findable by name. Any thread, any number of times. */
void library_register(void);

#endif
