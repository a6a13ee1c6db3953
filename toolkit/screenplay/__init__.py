"""Screenplays: one model of elements, read from Fountain, Final Draft, plain text and PDF, written as Fountain."""
