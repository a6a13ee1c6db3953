"""Screenplays: one model of their elements, read from Fountain, Final Draft, plain text and PDF, written as Fountain."""
