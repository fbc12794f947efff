"""Attempts at quizzes, their scores, and what they tell about the questions."""
