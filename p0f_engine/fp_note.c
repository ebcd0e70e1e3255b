/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_note.c - remarks on a fingerprint file.
 */
#include "fp_note.h"

#include <stdio.h>
#include <string.h>

void p0f_fp_note_init(p0f_fp_note_t *note, const char *name,
                      const p0f_fp_options_t *options)
{
    *note = (p0f_fp_note_t){ .name = name, .options = *options };
}

void p0f_fp_note_tell(const p0f_fp_note_t *note, uint32_t line,
                      const char *sentence)
{
    char text[500];

    if (!note->options.warn
        || snprintf(text, sizeof(text), "%s:%u: %s", note->name, line,
                    sentence) < 0)
        return;
    note->options.warn(note->options.warn_ctx, text);
}

void p0f_fp_note_class(p0f_fp_note_t *note, uint32_t id, uint32_t line)
{
    if (note->options.thorough && id < P0F_FP_NOTE_CLASSES)
        note->class_lines[id] = line;
}

void p0f_fp_note_class_used(p0f_fp_note_t *note, uint32_t id)
{
    if (id < P0F_FP_NOTE_CLASSES)
        note->class_lines[id] = 0;
}

void p0f_fp_note_label(p0f_fp_note_t *note, uint32_t line)
{
    if (note->options.thorough)
        note->label_line = line;
}

void p0f_fp_note_sig(p0f_fp_note_t *note)
{
    note->label_line = 0;
}

void p0f_fp_note_label_end(p0f_fp_note_t *note)
{
    if (note->label_line)
        p0f_fp_note_tell(note, note->label_line,
                         "no signature follows this label");
    note->label_line = 0;
}

void p0f_fp_note_mistake(p0f_fp_note_t *note, p0f_fptext_t line,
                         const p0f_error_t *err)
{
    note->mistakes++;
    if (note->options.warn)
        note->options.warn(note->options.warn_ctx, err->text);
    while (p0f_fptext_take(&line, ' ') || p0f_fptext_take(&line, '\t'))
        continue;
    if (p0f_fptext_peek(&line) == '[')
        note->skip = P0F_FP_SKIP_SECTION;
    else if (p0f_fptext_word(&line, "label"))
        note->skip = P0F_FP_SKIP_SIGS;
    note->label_line = 0;            /* what it lacks has been said */
}

bool p0f_fp_note_left_out(p0f_fp_note_t *note, const char *key)
{
    bool sig = !strcmp(key, "sig") || !strcmp(key, "sys");

    if (note->skip == P0F_FP_SKIP_SIGS && !sig)
        note->skip = P0F_FP_SKIP_NOTHING;
    return note->skip != P0F_FP_SKIP_NOTHING;
}

p0f_status_t p0f_fp_note_end(p0f_fp_note_t *note, const p0f_db_builder_t *b,
                             p0f_error_t *err)
{
    char text[300];
    uint32_t id;

    p0f_fp_note_label_end(note);
    for (id = 0; id < P0F_FP_NOTE_CLASSES; id++) {
        if (!note->class_lines[id])
            continue;
        snprintf(text, sizeof(text), "nothing in the file uses the class "
                 "\"%s\"", p0f_db_builder_class_at(b, id));
        p0f_fp_note_tell(note, note->class_lines[id], text);
    }
    if (!note->mistakes)
        return P0F_OK;
    return p0f_status_fail(err, P0F_ESYNTAX, "%s: %u line%s wrong",
                           note->name, note->mistakes,
                           note->mistakes == 1 ? " is" : "s are");
}
